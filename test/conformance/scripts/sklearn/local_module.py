from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def pipeline(strength):
    return make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=500))
